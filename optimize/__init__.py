"""The optimizer: models in PuLP, solved by HiGHS, believed only after worlds have confirmed them."""
