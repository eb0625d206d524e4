#!/usr/bin/env bash
# Makes assets/screen.svg anew: the real program in a pseudo-terminal on the sample project, drawn cell by cell.
set -euo pipefail
cd "$(dirname "$0")/.."
LACUNA_PICTURE="$PWD/assets/screen.svg" cargo test --test all -- the_sample_from_start_to_quit
