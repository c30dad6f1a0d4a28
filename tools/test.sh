#!/usr/bin/env bash
# `./run test [PATH…] [PYTEST OPTION…]`; started by ./run, which sets the environment.
#
# Three kinds of suites, each in its own process:
#   tests/forge                     forge: fuzz, invariants, coverage of contracts/
#   tests/contracts tests/scripts   pytest with brownie, which compiles and starts a chain
#   everything else in tests/       pytest without brownie
set -uo pipefail
ROOT=$TRUSTSPACE_ROOT
MINIMUM_LINES=95  # per cent of contracts/ that forge tests must run
BROWNIE_SUITES=(tests/contracts tests/scripts)

results=()
failed=0
matched=no  # whether any suite had a test that a filter such as -k lets through

# step NAME COMMAND…: runs it, notes its outcome.
step() {
    local name=$1 status=0 started=$SECONDS
    shift
    printf '\n\033[1m== %s\033[0m\n' "$name"
    "$@" || status=$?
    [ "$status" = 5 ] || matched=yes
    if [ "$status" = 0 ]; then
        results+=("ok      $name ($((SECONDS - started)) s)")
    elif [ "$status" = 5 ] && [ "$filtered" = yes ]; then  # pytest: no test matched, another suite may have some
        results+=("none    $name")
    else
        results+=("FAILED  $name ($((SECONDS - started)) s)")
        failed=1
    fi
}

# --- forge ------------------------------------------------------------------------------------------------------

forge_suite() {
    step "forge fmt" forge fmt --check
    step "forge test" env FORGE_SNAPSHOT_CHECK=true forge test  # gas as in snapshots/, to the unit
    step "coverage of contracts" coverage
}

coverage() {
    local report=.tools/forge/lcov.info log=.tools/forge/coverage.log
    rm -f "$report"
    # Without the optimiser gas means nothing, so the tests of gas stay out.
    if ! forge coverage --no-match-contract GasTest --report lcov --report-file "$report" >"$log" 2>&1; then
        tail -n 40 "$log"
        return 1
    fi
    .venv/bin/python tools/coverage_gate.py "$report" --minimum "$MINIMUM_LINES"
}

# --- pytest -----------------------------------------------------------------------------------------------------

plain() { "$ROOT/.tools/bin/pytest" -p no:pytest-brownie "$@"; }

with_brownie() { "$ROOT/.tools/bin/pytest" "$@"; }

plain_suite() {
    local ignored=(--ignore=tests/forge) suite
    for suite in "${BROWNIE_SUITES[@]}"; do ignored+=("--ignore=$suite"); done
    step "pytest" plain tests "${ignored[@]}" "$@"
}

brownie_suite() { step "pytest with brownie" with_brownie "${BROWNIE_SUITES[@]}" "$@"; }

# --- arguments --------------------------------------------------------------------------------------------------

# Sorts arguments into paths of each kind (relative to where the user is, or to the project) and options.
sort_arguments() {
    local argument path
    for argument in "$@"; do
        path=$(inside_tests "${argument%%::*}") || { options+=("$argument"); continue; }
        case "$argument" in *::*) argument="$path::${argument#*::}" ;; *) argument=$path ;; esac
        case "$path" in
            tests) whole=yes ;;
            tests/forge | tests/forge/*) forge_paths+=("$argument") ;;
            tests/contracts | tests/contracts/* | tests/scripts | tests/scripts/*) brownie_paths+=("$argument") ;;
            *) plain_paths+=("$argument") ;;
        esac
    done
}

inside_tests() {
    local found
    case "$1" in '' | -*) return 1 ;; esac
    for found in "$1" "$ROOT/$1"; do
        [ -e "$found" ] || continue
        found=$(readlink -f "$found")
        case "$found/" in "$ROOT/tests/"*) echo "${found#"$ROOT/"}"; return ;; esac
    done
    return 1
}

options=() forge_paths=() brownie_paths=() plain_paths=() whole=no filtered=no
sort_arguments "$@"
cd "$ROOT" || exit 2
set -- ${options[@]+"${options[@]}"}
[ $# -eq 0 ] || filtered=yes

if [ "$whole" = yes ] || [ $((${#forge_paths[@]} + ${#brownie_paths[@]} + ${#plain_paths[@]})) -eq 0 ]; then
    [ "$filtered" = yes ] || forge_suite
    plain_suite "$@"
    brownie_suite "$@"
else
    for path in ${forge_paths[@]+"${forge_paths[@]}"}; do
        [ -d "$path" ] && path="$path/**"
        step "forge test $path" forge test --match-path "$path"
    done
    [ ${#plain_paths[@]} -eq 0 ] || step "pytest" plain "${plain_paths[@]}" "$@"
    [ ${#brownie_paths[@]} -eq 0 ] || step "pytest with brownie" with_brownie "${brownie_paths[@]}" "$@"
fi

printf '\n'
printf '%s\n' "${results[@]}"
if [ "$matched" = no ]; then
    echo "no test was run"
    exit 5
fi
exit "$failed"
