# Debian packages, and a function that installs those that are missing. Sourced by the other tools.

PACKAGES_BUILD="gcc libc6-dev cmake ninja-build pkg-config libmicrohttpd-dev libjansson-dev libcurl4-openssl-dev libjpeg62-turbo-dev libpng-dev libwebp-dev libgif-dev libheif-dev libtiff-dev libutf8proc-dev libpcre2-dev zlib1g-dev libsqlite3-dev libopenblas-dev"
PACKAGES_BUILD_X86="libdnnl-dev"
PACKAGES_TEST="libcriterion-dev python3 python3-pil python3-numpy python3-jsonschema python3-sentencepiece libheif-examples curl libonnx-testdata clang-format procps git"

# want PACKAGE...: installs what is not there yet, and says so.
want() {
    missing=""
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing="$missing $package"
    done
    [ -n "$missing" ] || return 0
    echo "installing Debian packages:$missing"
    sudo=""
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "not root and no sudo: please install them by hand" >&2; return 1; }
        sudo=sudo
    fi
    log=$(mktemp)
    if ! { $sudo apt-get update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
        tail -n 20 "$log" >&2
        echo "installing failed; the whole log: $log" >&2
        return 1
    fi
    rm -f "$log"
}

want_build() {
    case "$(uname -m)" in
    x86_64) want $PACKAGES_BUILD $PACKAGES_BUILD_X86 ;;
    *) want $PACKAGES_BUILD ;;
    esac
}

# Node and npm, for the tests with clients of others; whoever has them from elsewhere keeps those. Without them the tests are skipped.
want_clients() {
    { command -v node && command -v npm; } >/dev/null || want nodejs npm
}

# A browser, for the test of the page; whoever has one from elsewhere keeps it. Without it the test is skipped.
want_browser() {
    { command -v chromium || command -v google-chrome; } >/dev/null || want chromium
}

want_test() {
    want_build && want $PACKAGES_TEST
}
