"""Many functions compiled as one: what an entry calls is put into it and made quick once, with all the rest.

Numba makes each function quick apart, together with all that it calls, and then again in each of its callers. For a
loop of some two hundred functions that call each other, nearly all the time of compiling goes to that, and all of them
have to be read from disk in every process. Here a function is only translated, when the first caller is; the entry that
Python calls takes all translations in, is made quick as a whole, and is alone kept on disk.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

from numba.core import compiler, compiler_machinery, config, registry, typed_passes, typing, untyped_passes
from numba.core.codegen import JITCodeLibrary
from numba.extending import intrinsic

_compiler: Any = compiler
_config: Any = config
_registry: Any = registry
_typing: Any = typing

_PASSES: tuple[Any, ...] = (
    untyped_passes.TranslateByteCode,
    untyped_passes.FixupArgs,
    untyped_passes.IRProcessing,
    untyped_passes.GenericRewrites,
    untyped_passes.ReconstructSSA,
    typed_passes.NopythonTypeInference,
    typed_passes.PreLowerStripPhis,
    typed_passes.IRLegalization,
    typed_passes.AnnotateTypes,
    typed_passes.NativeLowering,
    typed_passes.NoPythonBackend,
)
"""What a plain function needs: without closures, literals and whole arrays, there is nothing more to rewrite."""


class _Translation(compiler.CompilerBase):
    """The way from a function to its translation."""

    def define_pipelines(self) -> list[Any]:
        """Return the passes, in order."""
        machinery: Any = compiler_machinery
        manager = machinery.PassManager("part")
        for step in _PASSES:
            manager.add_pass(step, step.__name__)
        manager.finalize()
        return [manager]


class _Part(JITCodeLibrary):
    """The translation of one function, and which others it calls."""

    def __init__(self, codegen: Any, name: str) -> None:
        super().__init__(codegen, name)  # type: ignore[no-untyped-call]
        self.calls: dict[_Part, None] = {}

    def put_into(self, entry: Any) -> None:
        """Put the translation, and all that it calls, into the code of an entry, once.

        There each of them gives way to a copy inside its callers, and is dropped if there is no other.
        """
        there = entry.__dict__.setdefault("parts", set())
        if self in there:
            return
        there.add(self)
        for part in self.calls:
            part.put_into(entry)
        for library in self._linking_libraries:
            entry.add_linking_library(library)
        names = [f.name for f in self._final_module.functions if not f.is_declaration and f.linkage.name == "external"]
        entry._final_module.link_in(self._final_module.clone())
        for name in names:
            entry._final_module.get_function(name).linkage = "linkonce_odr"


def part(function: Callable[..., Any], arguments: tuple[Any, ...], *, inline: bool) -> Any:
    """Return a function for compiled code to call; it is translated when the first caller is.

    With compilation off it is the function itself.

    Parameters
    ----------
    function
        What it does: a plain function, without closures.
    arguments
        Types of its arguments; what a caller gives is brought to them.
    inline
        Whether each caller holds a copy, however large.
    """
    if _config.DISABLE_JIT:
        return function
    made: list[Any] = []

    def call(context: Any, builder: Any, signature: Any, values: Any) -> Any:
        found, caller = made[0], context.active_code_library
        if isinstance(caller, _Part):
            caller.calls[found.library] = None
        else:
            found.library.put_into(caller)
        return context.call_internal(builder, found.fndesc, found.signature, values)

    def typed(typing_context: Any, *given: Any) -> Any:
        if not made:
            made.append(_translated(typing_context, function, arguments, inline=inline))
        return _typing.signature(made[0].signature.return_type, *arguments), call

    own: Any = typed
    named = [inspect.Parameter("typing_context", inspect.Parameter.POSITIONAL_OR_KEYWORD)]
    own.__signature__ = inspect.Signature([*named, *inspect.signature(function).parameters.values()])
    own.__name__, own.__doc__, own.__module__ = function.__name__, function.__doc__, function.__module__
    return intrinsic(own)


def _translated(typing_context: Any, function: Callable[..., Any], arguments: tuple[Any, ...], *, inline: bool) -> Any:
    """Return the translation of a function: its signature, name and library."""
    target = _registry.cpu_target.target_context
    flags = _compiler.Flags()
    flags.nrt = flags.no_compile = flags.no_cpython_wrapper = flags.no_cfunc_wrapper = True
    flags.forceinline = inline
    library = _Part(target.codegen(), function.__qualname__)
    way: Any = _Translation
    return way(typing_context, target, library, arguments, None, flags, {}).compile_extra(function)
