# The example clients of other languages, built into build/polyglot: nothing when they are there.
# Source project.sh, packages.sh and peers.sh before this file. tests/polyglot/README.md says what they are for.

readonly CLIENTS=build/polyglot
readonly CONTRACT=(proto/paseto/v1/*.proto examples/guarded_service/shop.proto tests/polyglot/requirements.txt)

# once LANGUAGE RESULT COMMAND: runs COMMAND, unless RESULT is there and was made from the same sources. What an older or
# a failed build left is taken away: a client that cannot be built is missing, not old.
once() {
  local name=$1 result=$2 sum
  sum=$(find "examples/$name" \( -name gen -o -name node_modules -o -name dist -o -name target -o -name __pycache__ \) -prune \
    -o -type f -print0 | sort -z | xargs -0 cat "${CONTRACT[@]}" | sha256sum)
  [[ ! -e $result || ! -f $CLIENTS/$name.stamp || $(<"$CLIENTS/$name.stamp") != "$sum" ]] || return 0
  note "building examples/$name"
  rm -rf -- "$result" "$CLIENTS/$name.stamp"
  if ! "$3" >"$CLIENTS/$name.log" 2>&1; then
    tail -n 30 "$CLIENTS/$name.log" >&2
    rm -rf -- "$result"
    note "examples/$name cannot be built (the last lines stand above)"
    return 1
  fi
  printf '%s\n' "$sum" >"$CLIENTS/$name.stamp"
}

build_python_client() {
  python3 -m venv --clear "$CLIENTS/python" &&
    "$CLIENTS/python/bin/pip" install --quiet --disable-pip-version-check -r examples/python/requirements.txt \
      -r tests/polyglot/requirements.txt &&
    "$CLIENTS/python/bin/python" examples/python/generate.py "$CLIENTS/python/generated"
}

build_go_client() {
  examples/go/generate &&
    mkdir -p "$CLIENTS/go" &&
    go -C examples/go build -trimpath -o "$PWD/$CLIENTS/go/" ./cmd/...
}

build_typescript_client() {
  npm --prefix examples/typescript ci --no-audit --no-fund --ignore-scripts && npm --prefix examples/typescript run build
}

build_java_client() { mvn --batch-mode --quiet --no-transfer-progress --file examples/java/pom.xml package; }

build_rust_client() {
  cargo build --quiet --locked --manifest-path examples/rust/Cargo.toml --target-dir "$CLIENTS/rust"
}

# build_clients: what can be built here; what cannot is missing afterwards, and said. Rust beside the others, because it
# takes as long as all of them.
build_clients() {
  mkdir -p "$CLIENTS"
  local rust=
  if has_toolchain cargo; then
    once rust "$CLIENTS/rust/debug/shop_client" build_rust_client &
    rust=$!
  fi
  ! has_toolchain python3 || once python "$CLIENTS/python/generated" build_python_client || true
  ! has_toolchain go || once go "$CLIENTS/go/shop_client" build_go_client || true
  ! { has_toolchain java && has_toolchain mvn; } || once java examples/java/target/dependency build_java_client || true
  ! has_toolchain node || once typescript examples/typescript/dist build_typescript_client || true
  [[ -z $rust ]] || wait "$rust" || true
}
