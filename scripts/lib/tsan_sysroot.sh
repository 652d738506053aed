#!/usr/bin/env bash
# Builds Abseil and gRPC with ThreadSanitizer into build/tsan-sysroot, from Debian's source packages of the versions that
# are installed: same headers, same library names, so programs are compiled against the packages and find these at run
# time (LD_LIBRARY_PATH, in the test preset "tsan").
#
# Why: the packages' own libraries are invisible to ThreadSanitizer, which then reports correct uses of absl::Mutex; to
# suppress those reports hides real races. About six minutes on two cores, once for each version of the packages.
source "$(dirname "$0")/project.sh"
source scripts/lib/packages.sh

readonly OUT="$PWD/build/tsan-sysroot"
readonly WORK="$PWD/build/tsan-sysroot-work"
readonly FLAGS="-fsanitize=thread -O1 -g1"
readonly CCACHE="cmake;-E;env;CCACHE_BASEDIR=$PWD;CCACHE_NOHASHDIR=1;ccache"  # clones share one cache

# source_of PACKAGE: "source=version" of the source package that an installed package was built from.
source_of() { dpkg-query -W -f '${source:Package}=${source:Version}' "$1"; }

# The compiler counts too: its ThreadSanitizer has to fit the programs'.
wanted=$(printf '%s\n' "$(source_of libabsl-dev)" "$(source_of libgrpc-dev)" "$(g++ -dumpfullversion)" "$FLAGS")
if [[ -f $OUT/versions && $(<"$OUT/versions") == "$wanted" ]]; then
  exit 0
fi
note "building Abseil and gRPC with ThreadSanitizer (once, about six minutes on two cores)"
install_packages "${TSAN_PACKAGES[@]}"
rm -rf "$OUT" "$WORK"
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

private_apt update
fetch libabsl-dev abseil
fetch libgrpc-dev grpc

configure abseil -DCMAKE_INSTALL_PREFIX="$OUT" -DCMAKE_INSTALL_LIBDIR=lib
cmake --build "$WORK/abseil-build"
cmake --install "$WORK/abseil-build" >/dev/null

without_plugins=()
for language in CSHARP NODE OBJECTIVE_C PHP PYTHON RUBY; do
  without_plugins+=("-DgRPC_BUILD_GRPC_${language}_PLUGIN=OFF")
done
configure grpc -DCMAKE_PREFIX_PATH="$OUT" "${without_plugins[@]}" \
  -DgRPC_ABSL_PROVIDER=package -DgRPC_CARES_PROVIDER=package -DgRPC_RE2_PROVIDER=package -DgRPC_SSL_PROVIDER=package \
  -DgRPC_ZLIB_PROVIDER=package -DgRPC_PROTOBUF_PROVIDER=package -DgRPC_PROTOBUF_PACKAGE_TYPE=MODULE \
  -DProtobuf_PROTOC_LIBRARY="$(g++ -print-file-name=libprotobuf.so)" \
  -DgRPC_BUILD_TESTS=OFF -DgRPC_INSTALL=ON -DgRPC_BACKWARDS_COMPATIBILITY_MODE=OFF
cmake --build "$WORK/grpc-build" --target grpc++
cp -a "$WORK"/grpc-build/lib*.so* "$OUT/lib/"

rm -rf "$WORK"
printf '%s\n' "$wanted" >"$OUT/versions"
