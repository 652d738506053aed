# Other languages' PASETO libraries, installed into build/differential: pinned versions, nothing when they are there.
# Source project.sh and packages.sh before this file. tests/differential/README.md says what they are for.

readonly PEER_SOURCES=tests/differential/peers
readonly PEERS=build/differential

# The toolchains: command, the least version that fits, Debian's packages of it. Debian 12's own Node.js and Go are too
# old; where nothing fits, those peers are left out and counted as skipped.
readonly TOOLCHAINS=("python3 3.11 python3 python3-venv" "node 20 nodejs npm" "go 1.24 golang-go" "cargo 1.88 cargo-web"
  "java 17 openjdk-17-jdk-headless" "mvn 3.8 maven")

version_of() {
  case $1 in
    go) go version ;;
    *) "$1" --version ;;
  esac 2>/dev/null | grep -oE '[0-9]+(\.[0-9]+)+' | head -n 1
}
fits() { [[ -n $1 ]] && dpkg --compare-versions "$1" ge "$2~"; }  # with the tilde: Debian's 1.24~2 is 1.24
# candidate PACKAGE: the version that apt would install, without its epoch.
candidate() { apt-cache policy "$1" 2>/dev/null | sed -n 's/^ *Candidate: \([0-9]*:\)\{0,1\}\([0-9].*\)/\2/p'; }

# has_toolchain COMMAND: whether one that fits is here, or could be installed now.
has_toolchain() {
  local entry command least packages
  for entry in "${TOOLCHAINS[@]}"; do
    read -r command least packages <<<"$entry"
    [[ $command == "$1" ]] && break
  done
  local have
  have=$(version_of "$command" || true)
  if ! fits "$have" "$least"; then
    if ! fits "$(candidate "${packages%% *}")" "$least"; then
      note "$command $least or later is not to be had here (${have:-nothing} is); its peers are skipped"
      return 1
    fi
    # shellcheck disable=SC2086  # a list of packages
    install_packages $packages
  fi
  [[ $command != python3 ]] || python3 -c 'import ensurepip, venv' 2>/dev/null || install_packages python3-venv
}

# stamped NAME FILE... -- COMMAND...: runs COMMAND, unless it ran before with the same contents of FILEs.
stamped() {
  local name=$1 sum stamp files=()
  shift
  while [[ $1 != -- ]]; do
    files+=("$1")
    shift
  done
  shift
  stamp="$PEERS/$name.stamp"
  sum=$(cat "${files[@]}" | sha256sum)
  [[ -f $stamp && $(<"$stamp") == "$sum" ]] && return 0
  note "installing the $name peers"
  if ! "$@" >"$PEERS/$name.log" 2>&1; then
    tail -n 20 "$PEERS/$name.log" >&2
    note "the $name peers cannot be installed (the last lines stand above)"
    return 1
  fi
  printf '%s\n' "$sum" >"$stamp"
}

install_python_peers() {
  python3 -m venv --clear "$PEERS/python" &&
    "$PEERS/python/bin/pip" install --quiet --disable-pip-version-check --no-deps --require-hashes \
      -r "$PEER_SOURCES/python/requirements.txt"
}
install_node_peers() {
  mkdir -p "$PEERS/node" && cp "$PEER_SOURCES"/node/* "$PEERS/node/" &&
    npm --prefix "$PEERS/node" ci --no-audit --no-fund --ignore-scripts
}
install_go_peers() { go -C "$PEER_SOURCES/go" build -trimpath -o "$PWD/$PEERS/go/peer" .; }
install_rust_peers() {
  cargo build --quiet --release --locked --manifest-path "$PEER_SOURCES/rust/Cargo.toml" --target-dir "$PEERS/rust"
}

# install_peers: what can be installed; Rust beside the others, because it takes as long as all of them.
install_peers() {
  mkdir -p "$PEERS"
  local rust=
  if has_toolchain cargo; then
    stamped rust "$PEER_SOURCES"/rust/Cargo.* "$PEER_SOURCES"/rust/src/* -- install_rust_peers &
    rust=$!
  fi
  ! has_toolchain python3 || stamped python "$PEER_SOURCES/python/requirements.txt" -- install_python_peers || true
  ! has_toolchain node || stamped node "$PEER_SOURCES"/node/* -- install_node_peers || true
  ! has_toolchain go || stamped go "$PEER_SOURCES"/go/* -- install_go_peers || true
  [[ -z $rust ]] || wait "$rust" || true
}
