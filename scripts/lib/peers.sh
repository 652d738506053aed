# Other languages' PASETO libraries, installed into build/differential: pinned versions, nothing when it is there already.
# Source project.sh and packages.sh before this file. tests/differential/README.md says what they are for.

readonly PEER_SOURCES=tests/differential/peers
readonly PEERS=build/differential

# missing_toolchains: the Debian packages of the commands that are not here, whoever provided those that are.
missing_toolchains() {
  local pair
  for pair in python3:python3 node:nodejs npm:npm go:golang-go cargo:cargo; do
    command -v "${pair%%:*}" >/dev/null || printf '%s\n' "${pair##*:}"
  done
  python3 -c 'import ensurepip, venv' 2>/dev/null || printf 'python3-venv\n'
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

# install_peers: all of them, two at a time; fails when one cannot be installed.
install_peers() {
  local packages jobs=() job result=0
  mapfile -t packages < <(missing_toolchains)
  ((${#packages[@]} == 0)) || install_packages "${packages[@]}"
  mkdir -p "$PEERS"
  stamped rust "$PEER_SOURCES"/rust/Cargo.* "$PEER_SOURCES"/rust/src/* -- install_rust_peers &
  jobs+=($!)
  { stamped python "$PEER_SOURCES/python/requirements.txt" -- install_python_peers &&
      stamped node "$PEER_SOURCES"/node/* -- install_node_peers &&
      stamped go "$PEER_SOURCES"/go/* -- install_go_peers; } &
  jobs+=($!)
  for job in "${jobs[@]}"; do wait "$job" || result=1; done
  return "$result"
}
