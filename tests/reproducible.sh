#!/usr/bin/env bash
# Builds the modules again as somebody else would: in another folder, with another home, another
# folder for crates and another environment. Fails if they differ from those in dist.
set -euo pipefail
cd "$(dirname "$0")/.."
here=$PWD
place=$(mktemp -d)
trap 'rm -rf "$place"' EXIT
there=$place/elsewhere/project
mkdir -p "$there" "$place/home" "$place/crates"

git ls-files -z --cached --others --exclude-standard \
  | tar --create --null --files-from - | tar --extract --directory "$there"
[[ ! -d xtask/node_modules ]] || cp -R xtask/node_modules "$there/xtask"
ln -s "${CARGO_HOME:-$HOME/.cargo}/registry" "$place/crates/registry"

environment=(
  PATH="$PATH" HOME="$place/home" CARGO_HOME="$place/crates" CARGO_NET_OFFLINE=true
  RUSTUP_HOME="${RUSTUP_HOME:-$HOME/.rustup}" USER=somebody TZ=Pacific/Chatham LC_ALL=C
  BINDGEN="$here/target/debug/bindgen"
)
(
  umask 077
  cd "$there"
  env -i "${environment[@]}" cargo xtask build
  env -i "${environment[@]}" cargo xtask browser
)

digests() { (cd "$1/dist" && sha256sum -- *.wasm bundle.tar.gz browser/*); }
diff <(digests "$here") <(digests "$there")
digests "$here"
