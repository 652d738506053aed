# A small Debian of its own, like this machine's, to install and run things in. Source project.sh and packages.sh before
# this file.

# make_debian_root TARGET [PACKAGE...]: a folder, or an archive where TARGET ends in .tar, of Debian's smallest set of
# packages and PACKAGEs, from the archives that this machine's apt uses.
make_debian_root() {
  local target=$1 suite sources
  shift
  suite=$(sed -n 's/^VERSION_CODENAME=//p' /etc/os-release)
  sources=$(apt-get indextargets --format '$(ORIGIN) deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
    sed -n 's/^Debian //p' | sort -u)
  [[ -n $sources ]] || die "apt knows no Debian archive; run apt-get update first"
  mmdebstrap --quiet --variant=minbase --include="$(IFS=,; printf '%s' "$*")" "$suite" "$target" <<<"$sources"
}
