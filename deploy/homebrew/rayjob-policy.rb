# `cargo xtask packages` fills in the version and the digests. The release has the result.
class RayjobPolicy < Formula
  desc "Validates RayJobs and other Ray manifests as the KubeRay operator would"
  homepage "https://github.com/rayjob-policy/rayjob-policy"
  version "@VERSION@"
  license "Apache-2.0"

  on_macos do
    on_arm do
      url "@URL aarch64-apple-darwin@"
      sha256 "@SHA256 aarch64-apple-darwin@"
    end
    on_intel do
      url "@URL x86_64-apple-darwin@"
      sha256 "@SHA256 x86_64-apple-darwin@"
    end
  end

  on_linux do
    on_arm do
      url "@URL aarch64-unknown-linux-musl@"
      sha256 "@SHA256 aarch64-unknown-linux-musl@"
    end
    on_intel do
      url "@URL x86_64-unknown-linux-musl@"
      sha256 "@SHA256 x86_64-unknown-linux-musl@"
    end
  end

  def install
    bin.install "bin/rayjob-policy"
    generate_completions_from_executable(bin/"rayjob-policy", "completions")
  end

  test do
    (testpath/"job.yaml").write <<~YAML
      apiVersion: ray.io/v1
      kind: RayJob
      metadata: {name: job}
      spec: {entrypoint: a, clusterSelector: {ray.io/cluster: a}, backoffLimit: 2}
    YAML
    assert_match "selector-backoff", shell_output("#{bin}/rayjob-policy check job.yaml", 1)
  end
end
