#!/usr/bin/env bash
# Installs the binary of the release that the action is used at, after its checksum and its
# attestation have been verified. Where there is no such binary, it says so in the output
# `installed`, and the action compiles the command. It never compiles what failed to verify.
set -euo pipefail

compile() {
  echo "rayjob-policy is compiled: $1"
  echo "installed=false" >>"$GITHUB_OUTPUT"
  exit 0
}

refuse() {
  echo "::error::rayjob-policy is not installed: $1"
  exit 1
}

sha256() {
  if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

case $RUNNER_OS-$RUNNER_ARCH in
Linux-X64) target=x86_64-unknown-linux-musl ;;
Linux-ARM64) target=aarch64-unknown-linux-musl ;;
macOS-ARM64) target=aarch64-apple-darwin ;;
macOS-X64) target=x86_64-apple-darwin ;;
Windows-X64) target=x86_64-pc-windows-msvc ;;
*) compile "no release has a binary for $RUNNER_OS on $RUNNER_ARCH" ;;
esac

# An action on the runner's own disk has neither a repository nor a ref.
[[ -n $ACTION_REPOSITORY && -n $ACTION_REF ]] || compile "the action is used from a checkout"
# GitHub Enterprise Server has neither the release nor the attestation.
[[ $GITHUB_SERVER_URL == https://github.com ]] || compile "$GITHUB_SERVER_URL is not GitHub itself"
for tool in curl gh; do
  command -v "$tool" >/dev/null || compile "$tool, which verifies or downloads a binary, is not installed"
done

tag=v$(sed -n 's/^version = "\(.*\)"$/\1/p' "$GITHUB_ACTION_PATH/Cargo.toml" | head -n 1)
if [[ $ACTION_REF != "$tag" ]]; then
  commit=$(gh api "repos/$ACTION_REPOSITORY/commits/$tag" --jq .sha 2>/dev/null) || commit=
  [[ $ACTION_REF == "$commit" ]] || compile "$ACTION_REF is not the release $tag"
fi

name=rayjob-policy-$tag-$target
archive=$name.tar.gz
release=https://github.com/$ACTION_REPOSITORY/releases/download/$tag
cd "$RUNNER_TEMP"
mkdir -p rayjob-policy
cd rayjob-policy

download() {
  status=$(curl --silent --show-error --location --retry 3 --output "$1" --write-out '%{http_code}' "$release/$1") ||
    refuse "$release/$1 cannot be downloaded"
}

download "$archive"
case $status in
200) ;;
404) compile "$tag has no $archive" ;;
*) refuse "$release/$archive answers $status" ;;
esac
download SHA256SUMS
[[ $status == 200 ]] || refuse "$release/SHA256SUMS answers $status"

expected=$(awk -v name="$archive" '$2 == name || $2 == "*" name { print $1 }' SHA256SUMS)
[[ -n $expected ]] || refuse "SHA256SUMS of $tag does not list $archive"
[[ $(sha256 "$archive") == "$expected" ]] || refuse "$archive does not have the checksum in SHA256SUMS of $tag"
gh attestation verify "$archive" --repo "$ACTION_REPOSITORY" --source-ref "refs/tags/$tag" \
  --signer-workflow "$ACTION_REPOSITORY/.github/workflows/release.yml" >attestation.log 2>&1 || {
  cat attestation.log
  refuse "gh attestation verify does not accept $archive"
}

tar -xzf "$archive"
mkdir -p bin
mv "$name"/bin/rayjob-policy* bin
echo "installed=true" >>"$GITHUB_OUTPUT"
echo "$archive of $ACTION_REPOSITORY is installed: its checksum and its attestation are right"
