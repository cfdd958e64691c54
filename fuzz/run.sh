#!/bin/sh
# Builds every fuzz target and runs each for some seconds over its seeds; fails on the first crash.
#
# usage: fuzz/run.sh SECONDS [TARGET...]
#
# Needs a C++ compiler but not cargo-fuzz. What a run finds interesting is kept in fuzz/corpus, an input that crashes
# a target in fuzz/artifacts; run the target with that file as its only argument to see it again.
set -eu

seconds=${1:?usage: fuzz/run.sh SECONDS [TARGET...]}
shift
cd "$(dirname "$0")"

if rustup toolchain list 2>/dev/null | grep -q '^nightly'; then
    cargo='cargo +nightly'
else
    cargo=cargo
    export RUSTC_BOOTSTRAP=1
fi
# With --target the flags reach the targets and what they are made of, but not build scripts and macros.
host=$(rustc -vV | sed -n 's/^host: //p')
RUSTFLAGS="--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
-Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
-Cllvm-args=-sanitizer-coverage-trace-compares" \
    $cargo build --release --bins --target "$host" --target-dir target

[ $# -gt 0 ] || set -- $(sed -n 's/^path = "fuzz_targets\/\(.*\)\.rs"$/\1/p' Cargo.toml)
for name; do
    echo "== $name for $seconds s"
    mkdir -p "corpus/$name" "artifacts/$name" "seeds/$name"
    "target/$host/release/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -print_final_stats=1 \
        -artifact_prefix="artifacts/$name/" "corpus/$name" "seeds/$name"
done
