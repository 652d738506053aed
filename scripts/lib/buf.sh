# buf, pinned, in build/tools. Source project.sh and packages.sh before this file.

readonly BUF_VERSION=1.75.0
readonly BUF="$PWD/build/tools/buf-$BUF_VERSION/node_modules/.bin/buf"

install_buf() {
  [[ ! -x $BUF ]] || return 0
  command -v npm >/dev/null || install_packages npm
  local tools="$PWD/build/tools/buf-$BUF_VERSION"
  mkdir -p "$tools"
  npm install --silent --no-audit --no-fund --no-save --prefix "$tools" "@bufbuild/buf@$BUF_VERSION"
}
