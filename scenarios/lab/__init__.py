"""What the laboratory found, as sentences, tables and pictures, and thresholds that are calibrated with it."""
