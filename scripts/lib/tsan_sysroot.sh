#!/usr/bin/env bash
# Builds Abseil, and gRPC if asked, with ThreadSanitizer into build/tsan-sysroot, from Debian's source packages of the
# versions that are installed: same headers, same library names, so programs are compiled against the packages and find
# these at run time (LD_LIBRARY_PATH, in the test preset "tsan").
#
#   scripts/lib/tsan_sysroot.sh [grpc]
#
# Why: the packages' own libraries are invisible to ThreadSanitizer, which then reports correct uses of absl::Mutex; to
# suppress those reports hides real races. A minute for Abseil and five more for gRPC on two fast cores, once for each
# version of the packages.
source "$(dirname "$0")/project.sh"
source scripts/lib/packages.sh

readonly OUT="$PWD/build/tsan-sysroot"
readonly WORK="$PWD/build/tsan-sysroot-work"
readonly FLAGS="-fsanitize=thread -O1 -g1"
readonly CCACHE="cmake;-E;env;CCACHE_BASEDIR=$PWD;CCACHE_NOHASHDIR=1;ccache"  # clones share one cache

# source_of PACKAGE: "source=version" of the source package that an installed package was built from.
source_of() { dpkg-query -W -f '${source:Package}=${source:Version}' "$1"; }

# version_of PACKAGE: what its build depends on. The compiler counts too: its ThreadSanitizer has to fit the programs'.
version_of() { printf '%s\n' "$(source_of libabsl-dev)" "$(source_of "$1")" "$(g++ -dumpfullversion)" "$FLAGS"; }

# is_built PACKAGE
is_built() { [[ -f $OUT/$1.version && $(<"$OUT/$1.version") == "$(version_of "$1")" ]]; }

with_grpc=${1:-}
if is_built libabsl-dev && { [[ -z $with_grpc ]] || is_built libgrpc-dev; }; then
  exit 0
fi
note "building Abseil${with_grpc:+ and gRPC} with ThreadSanitizer (once)"
install_packages "${TSAN_PACKAGES[@]}"
rm -rf "$WORK"
mkdir -p "$OUT/lib" "$WORK"/{parts,lists/partial,cache/archives/partial}

# The machine's own Debian archives, as source entries, in a list that the machine itself never sees.
apt-get indextargets --format '$(ORIGIN) deb-src $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  sed -n 's/^Debian //p' | sort -u >"$WORK/parts/sources.list"
[[ -s $WORK/parts/sources.list ]] || die "apt knows no Debian archive; run apt-get update first"

# private_apt ARGUMENT...: apt-get with that list and folders of its own.
private_apt() {
  apt-get -q -o Dir::Etc::sourcelist="$WORK/parts/sources.list" -o Dir::Etc::sourceparts=/dev/null \
    -o Dir::State::lists="$WORK/lists" -o Dir::Cache="$WORK/cache" -o APT::Sandbox::User=root "$@"
}

# fetch PACKAGE FOLDER: the sources of an installed package, patched. An archive that has already dropped that exact
# version has a later one with the same interface.
fetch() {
  local exact
  exact=$(source_of "$1")
  (cd "$WORK" && { private_apt source --download-only "$exact" || private_apt source --download-only "${exact%%=*}"; } &&
    dpkg-source --no-check -x "${exact%%=*}"_*.dsc "$2")
}

# configure FOLDER OPTION...: shared libraries with ThreadSanitizer.
configure() {
  local folder=$1
  shift
  cmake -G Ninja -S "$WORK/$folder" -B "$WORK/$folder-build" -DCMAKE_BUILD_TYPE=None -DCMAKE_CXX_STANDARD=17 \
    -DBUILD_SHARED_LIBS=ON -DCMAKE_C_COMPILER=gcc -DCMAKE_CXX_COMPILER=g++ \
    -DCMAKE_C_FLAGS="$FLAGS" -DCMAKE_CXX_FLAGS="$FLAGS" \
    -DCMAKE_C_COMPILER_LAUNCHER="$CCACHE" -DCMAKE_CXX_COMPILER_LAUNCHER="$CCACHE" "$@"
}

build_abseil() {
  fetch libabsl-dev abseil
  configure abseil -DCMAKE_INSTALL_PREFIX="$OUT" -DCMAKE_INSTALL_LIBDIR=lib
  cmake --build "$WORK/abseil-build"
  cmake --install "$WORK/abseil-build" >/dev/null
  version_of libabsl-dev >"$OUT/libabsl-dev.version"
}

build_grpc() {
  fetch libgrpc-dev grpc
  local language without_plugins=()
  for language in CSHARP NODE OBJECTIVE_C PHP PYTHON RUBY; do
    without_plugins+=("-DgRPC_BUILD_GRPC_${language}_PLUGIN=OFF")
  done
  configure grpc -DCMAKE_PREFIX_PATH="$OUT" "${without_plugins[@]}" \
    -DgRPC_ABSL_PROVIDER=package -DgRPC_CARES_PROVIDER=package -DgRPC_RE2_PROVIDER=package \
    -DgRPC_SSL_PROVIDER=package -DgRPC_ZLIB_PROVIDER=package -DgRPC_PROTOBUF_PROVIDER=package \
    -DgRPC_PROTOBUF_PACKAGE_TYPE=MODULE -DProtobuf_PROTOC_LIBRARY="$(g++ -print-file-name=libprotobuf.so)" \
    -DgRPC_BUILD_TESTS=OFF -DgRPC_INSTALL=ON -DgRPC_BACKWARDS_COMPATIBILITY_MODE=OFF
  cmake --build "$WORK/grpc-build" --target grpc++
  cp -a "$WORK"/grpc-build/lib*.so* "$OUT/lib/"
  version_of libgrpc-dev >"$OUT/libgrpc-dev.version"
}

private_apt update
is_built libabsl-dev || build_abseil
[[ -z $with_grpc ]] || is_built libgrpc-dev || build_grpc
rm -rf "$WORK"
