# Which Debian packages a task needs, and how they get here. Source project.sh before this file.

readonly BUILD_PACKAGES=(
  ca-certificates ccache cmake g++ git mold ninja-build pkg-config
  libabsl-dev libcli11-dev libgrpc++-dev libp11-kit-dev libprotobuf-dev libsimdjson-dev libsodium-dev libspdlog-dev libsqlite3-dev
  libssl-dev libyaml-cpp-dev prometheus-cpp-dev protobuf-compiler protobuf-compiler-grpc
)
readonly TEST_PACKAGES=("${BUILD_PACKAGES[@]}" libgmock-dev libgtest-dev libprotoc-dev openssl procps python3 softhsm2 valgrind)
readonly BENCH_PACKAGES=("${TEST_PACKAGES[@]}" libbenchmark-dev)
readonly CLANG_PACKAGES=("${TEST_PACKAGES[@]}" clang-14 libclang-rt-14-dev llvm-14)
readonly TSAN_PACKAGES=("${TEST_PACKAGES[@]}" dpkg-dev)
readonly COVERAGE_PACKAGES=("${TEST_PACKAGES[@]}" gcovr)
readonly BAZEL_PACKAGES=("${TEST_PACKAGES[@]}" bazel-bootstrap)
readonly DEB_PACKAGES=("${BUILD_PACKAGES[@]}" dpkg-dev file lintian mmdebstrap systemd systemd-container)
readonly CONTAINER_PACKAGES=(bubblewrap buildah ca-certificates mmdebstrap python3 python3-yaml)
readonly FORMAT_PACKAGES=(clang-format-14 git)
readonly TIDY_PACKAGES=("${CLANG_PACKAGES[@]}" clang-tidy-14)

# missing_packages NAME...: those that are not installed, one a line.
missing_packages() {
  local name
  for name in "$@"; do
    [[ $(dpkg-query -W -f '${db:Status-Status}' "$name" 2>/dev/null) == installed ]] || printf '%s\n' "$name"
  done
}

# install_packages NAME...: installs what is missing, says what it does, and asks nothing when nothing is missing.
install_packages() {
  local missing
  mapfile -t missing < <(missing_packages "$@")
  ((${#missing[@]})) || return 0
  command -v apt-get >/dev/null || die "these packages are missing and there is no apt-get: ${missing[*]}"
  local as_root=()
  if ((EUID != 0)); then
    command -v sudo >/dev/null ||
      die "not root and no sudo; run this as root, then call again: apt-get install ${missing[*]}"
    as_root=(sudo)
  fi
  note "installing ${missing[*]}"
  local log
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update -q &&
         "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends \
           "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    die "apt-get failed (its last lines stand above)"
  fi
  rm -f "$log"
}
