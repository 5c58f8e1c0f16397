# Makes .venv beside the project and installs lipmotion into it; sourced by `run` and `test`.
# POSIX sh; says what it does; does nothing the second time.
# Usage: set_up GROUPS STAMP   (GROUPS: words for pip after the project itself, may be empty)

say() { printf 'lipmotion: %s\n' "$*" >&2; }

find_python() {
    for name in ${PYTHON:-} python3.13 python3.12 python3.11 python3; do
        if command -v "$name" >/dev/null 2>&1 &&
            "$name" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))' 2>/dev/null
        then
            command -v "$name"
            return 0
        fi
    done
    say "needs Python 3.11 or newer; none found. On Debian or Ubuntu: apt-get install python3 python3-venv"
    return 1
}

as_root() {
    if [ "$(id -u)" = 0 ]; then "$@"
    elif command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null; then sudo "$@"
    else return 1
    fi
}

make_venv() {
    python=$(find_python) || return 1
    "$python" -m venv "$1" >/dev/null 2>&1 && return 0
    rm -rf "$1"
    if command -v uv >/dev/null 2>&1 && uv venv -q --seed --python "$python" "$1"; then return 0; fi
    say "this Python has no venv module; trying to install the system package python3-venv"
    if command -v apt-get >/dev/null 2>&1 && as_root apt-get update -qq >&2 &&
        as_root apt-get install -y -qq python3-venv >&2 && "$python" -m venv "$1"
    then return 0
    fi
    rm -rf "$1"
    say "cannot make a virtual environment. Install the system package python3-venv (or uv) and run this again"
    return 1
}

# Installs the project and $1 (requirements) into .venv unless stamp $2 says it is done.
set_up() {
    stamp=".venv/.$2-$(cksum <pyproject.toml | cut -d' ' -f1)"
    [ -f "$stamp" ] && return 0
    if [ ! -x .venv/bin/python ]; then
        say "setting up .venv (once; downloads about 250 MB)"
        make_venv .venv || return 1
    fi
    # shellcheck disable=SC2086
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable . $1 >&2 || {
        say "installing failed; see the lines above"
        return 1
    }
    : >"$stamp"
}
