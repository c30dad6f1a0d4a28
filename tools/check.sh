#!/usr/bin/env bash
# `./run check`: everything that can be said about the code without running it; started by ./run.
set -uo pipefail
cd "$TRUSTSPACE_ROOT" || exit 2
failed=()

# step NAME COMMAND…: silent when it succeeds.
step() {
    local name=$1 output
    shift
    if output=$("$@" 2>&1); then
        echo "ok      $name"
    else
        printf '%s\nFAILED  %s\n' "$output" "$name"
        failed+=("$name")
    fi
}

step "ruff" ruff check --quiet --output-format concise
step "ruff format" ruff format --check
step "mypy" mypy
step "lock file" "$(command -v uv || echo .tools/uv/bin/uv)" lock --check
step "circuits" python -c "from trustspace.adapters.proving.artefacts import load_artefacts; load_artefacts().check()"
step "repository" python tools/check_repository.py
if [ -n "$(find contracts tests/forge -name '*.sol' -print -quit 2>/dev/null)" ]; then
    step "forge fmt" forge fmt --check
fi
# Refresh on purpose: ./run exec forge test --match-contract GasTest
step "gas snapshot" env FORGE_SNAPSHOT_CHECK=true forge test --match-contract GasTest

[ ${#failed[@]} -eq 0 ] || exit 1
