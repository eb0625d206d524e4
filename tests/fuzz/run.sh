#!/bin/sh
# Fuzzes one reader: tests/fuzz/run.sh TARGET [SECONDS [OPTIONS OF LIBFUZZER…]]. Needs a nightly compiler and cargo-fuzz.
set -eu
cd "$(dirname "$0")"
target=$1
seconds=${2:-600}
[ $# -gt 1 ] && shift
shift
mkdir -p "corpus/$target"
seeds=
case $target in
    coverage_json) seeds="../data/corpus/json ../data/samples/coverage" ;;
    cobertura) seeds="../data/corpus/cobertura ../data/samples/coverage" ;;
    lcov) seeds="../data/corpus/lcov ../data/samples/coverage" ;;
    table) seeds="../data/samples/coverage seeds/table" ;;
    data_file) seeds="../data/dotcov seeds/data_file" ;;
    pasted) seeds="../data/samples/coverage seeds/table ../data/corpus/json ../data/corpus/cobertura ../data/corpus/lcov" ;;
    junit) seeds="../data/corpus/junit ../data/samples/junit" ;;
    *) [ -d "seeds/$target" ] && seeds="seeds/$target" ;;
esac
dictionary=
[ -f "dictionaries/$target.dict" ] && dictionary="-dict=dictionaries/$target.dict"
# Longer inputs are for the tests; short ones find more in the same time. A data file has pages.
longest=4096
[ "$target" = data_file ] && longest=16384
exec cargo +nightly fuzz run --fuzz-dir . --sanitizer none --release "$target" "corpus/$target" $seeds -- \
    -max_total_time="$seconds" -max_len="$longest" -timeout=10 -rss_limit_mb=2048 -malloc_limit_mb=1024 \
    -print_final_stats=1 $dictionary "$@"
