#!/usr/bin/env bash
# Tests of scripts/lib/packages.sh with a dpkg-query and an apt-get that only write down how they were called.
set -euo pipefail
source_root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/bin"

cat >"$folder/bin/dpkg-query" <<'FAKE'
#!/bin/sh
for name; do :; done
case $name in here*) printf installed ;; removed*) printf config-files ;; *) exit 1 ;; esac
FAKE
cat >"$folder/bin/apt-get" <<'FAKE'
#!/bin/sh
echo "$*" >>"$CALLS"
[ "$1" != install ] || [ -z "${APT_FAILS:-}" ] || { echo "E: no such package"; exit 100; }
FAKE
printf '#!/bin/sh\nexec "$@"\n' >"$folder/bin/sudo"
chmod +x "$folder/bin/"*

# install NAME...: runs install_packages; its output in $folder/output, the calls of apt-get in $folder/calls.
install() {
  : >"$folder/calls"
  CALLS="$folder/calls" PATH="$folder/bin:$PATH" bash -c '
    source "$0/scripts/lib/project.sh"; source "$0/scripts/lib/packages.sh"; install_packages "$@"' \
    "$source_root" "$@" >"$folder/output" 2>&1
}
expect() { grep -q -- "$1" "$2" || { echo "FAILED: expected '$1' in:"; cat "$2"; exit 1; }; }

install here-a here-b
[[ ! -s $folder/calls && ! -s $folder/output ]] || { echo "FAILED: nothing is missing, yet something happened"; exit 1; }

install here-a missing-b removed-c
expect '^update' "$folder/calls"
expect '^install .* missing-b removed-c$' "$folder/calls"
expect 'installing missing-b removed-c' "$folder/output"

if APT_FAILS=1 install missing-b; then
  echo "FAILED: a failing apt-get went unnoticed"
  exit 1
fi
expect 'E: no such package' "$folder/output"
echo "every expectation held"
