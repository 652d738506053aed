#!/usr/bin/env bash
# Tests of scripts/lib/peers.sh with toolchains and an apt that only say their versions and write down their calls.
set -euo pipefail
source_root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"

printf '#!/bin/sh\n[ -n "$GO" ] || exit 1\necho "go version go$GO linux/amd64"\n' >"$folder/bin/go"
printf '#!/bin/sh\nprintf "golang-go:\\n  Installed: (none)\\n  Candidate: %%s\\n" "$CANDIDATE"\n' >"$folder/bin/apt-cache"
printf '#!/bin/sh\necho "$*" >>"$CALLS"\n' >"$folder/bin/apt-get"
printf '#!/bin/sh\nexit 1\n' >"$folder/bin/dpkg-query"
printf '#!/bin/sh\nexec "$@"\n' >"$folder/bin/sudo"
chmod +x "$folder/bin/"*

# with GO CANDIDATE COMMAND...: runs COMMAND of peers.sh where Go has that version and Debian offers that one.
with() {
  : >"$folder/calls"
  GO=$1 CANDIDATE=$2 CALLS="$folder/calls" PATH="$folder/bin:$PATH" bash -c '
    source "$0/scripts/lib/project.sh"; source "$0/scripts/lib/packages.sh"
    source <(sed "s|=build/differential|=$1|" "$0/scripts/lib/peers.sh"); shift; "$@"' \
    "$source_root" "$folder" "${@:3}" >"$folder/output" 2>&1
}
fail() {
  echo "FAILED: $*"
  cat "$folder/output" "$folder/calls"
  exit 1
}

with 1.24.0 "2:1.19~1" has_toolchain go || fail "a Go that fits is not taken"
with 1.26.8 "2:1.19~1" has_toolchain go || fail "a later Go is not taken"
[[ ! -s $folder/calls ]] || fail "something was installed although Go fits"
with "" "2:1.24~2" has_toolchain go || fail "Debian's Go is not taken"
grep -q '^install .* golang-go$' "$folder/calls" || fail "Debian's Go is not installed"
if with 1.19.8 "2:1.19~1" has_toolchain go; then fail "a Go that is too old is taken"; fi
grep -q 'go 1.24 or later is not to be had here (1.19.8 is)' "$folder/output" || fail "nobody says why Go is left out"
[[ ! -s $folder/calls ]] || fail "a Go that is too old was installed"
if with "" "(none)" has_toolchain go; then fail "a Go that is nowhere is taken"; fi

echo one >"$folder/source"
with 1.24 "" stamped name "$folder/source" -- touch "$folder/made" && [[ -e $folder/made ]] || fail "the first run did nothing"
rm "$folder/made"
with 1.24 "" stamped name "$folder/source" -- touch "$folder/made" && [[ ! -e $folder/made ]] || fail "nothing changed, yet it ran"
echo two >"$folder/source"
if with 1.24 "" stamped name "$folder/source" -- false; then fail "a failed installation went unnoticed"; fi
with 1.24 "" stamped name "$folder/source" -- touch "$folder/made" && [[ -e $folder/made ]] || fail "a failed run was kept"
echo "every expectation held"
