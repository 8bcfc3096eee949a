//! The package as Artifact Hub shows it, as `kwctl scaffold artifacthub` makes
//! it of the metadata.

use std::borrow::Cow;
use std::collections::BTreeMap;

use anyhow::{Context, Result, bail, ensure};
use chrono::DateTime;
use serde::Serialize;

use crate::metadata::Metadata;

const INTRODUCTION: &str = "\
# Written by `cargo xtask package` from policy-metadata.yml and questions-ui.yml, as kwctl does it for a release. Only
# createdAt is written by hand.
";

/// Source: `kubewarden policy-evaluator src/policy_artifacthub.rs`, and
/// `artifacthub docs/metadata/artifacthub-pkg.yml`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Package<'a> {
    version: &'a str,
    name: &'a str,
    display_name: &'a str,
    created_at: &'a str,
    description: &'a str,
    license: &'a str,
    #[serde(rename = "homeURL")]
    home_url: &'a str,
    containers_images: [Image; 1],
    keywords: Vec<&'a str>,
    links: [Link<'a>; 2],
    install: String,
    maintainers: Vec<Maintainer<'a>>,
    provider: Provider,
    recommendations: [Recommendation; 1],
    annotations: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
struct Image {
    name: &'static str,
    image: String,
}

#[derive(Serialize)]
struct Link<'a> {
    name: &'static str,
    url: Cow<'a, str>,
}

#[derive(Debug, PartialEq, Serialize)]
struct Maintainer<'a> {
    name: &'a str,
    email: &'a str,
}

#[derive(Serialize)]
struct Provider {
    name: &'static str,
}

#[derive(Serialize)]
struct Recommendation {
    url: &'static str,
}

/// When the package was created, as the file says.
///
/// # Errors
/// If it says no time of RFC 3339.
pub fn created_at(package: &str) -> Result<String> {
    let line = package
        .lines()
        .find_map(|line| line.strip_prefix("createdAt: "));
    let written = line
        .context("createdAt is missing")?
        .trim_matches(['\'', '"']);
    DateTime::parse_from_rfc3339(written)
        .with_context(|| format!("createdAt: {written:?} is not like 2026-01-31T12:00:00Z"))?;
    Ok(written.to_owned())
}

/// The file.
///
/// # Errors
/// What kwctl or Artifact Hub would refuse.
pub fn render(metadata: &Metadata, created_at: &str, questions: &str) -> Result<String> {
    let get = |name: &str| metadata.annotation(&format!("io.kubewarden.policy.{name}"));
    let hub = |name: &str| metadata.annotation(&format!("io.artifacthub.{name}"));
    let version = get("version");
    let source = url("source", get("source"))?;
    ensure!(
        source.starts_with("https://github.com/"),
        "source: {source:?} is not on GitHub, where the releases are"
    );
    let image = format!("{}:v{version}", oci_url(get("ociUrl"))?);
    let package = Package {
        version,
        name: get("title"),
        display_name: hub("displayName"),
        created_at,
        description: get("description"),
        license: get("license"),
        home_url: url("url", get("url"))?,
        install: install(&image),
        containers_images: [Image {
            name: "policy",
            image,
        }],
        keywords: hub("keywords").split(',').map(str::trim).collect(),
        links: [
            Link {
                name: "policy",
                url: format!("{source}/releases/download/v{version}/policy.wasm").into(),
            },
            Link {
                name: "source",
                url: source.into(),
            },
        ],
        maintainers: maintainers(get("author"))?,
        provider: Provider { name: "kubewarden" },
        recommendations: [Recommendation {
            url: "https://artifacthub.io/packages/helm/kubewarden/kubewarden-controller",
        }],
        annotations: BTreeMap::from([
            ("kubewarden/mutation", metadata.is_mutating().to_string()),
            ("kubewarden/resources", hub("resources").to_owned()),
            ("kubewarden/rules", yaml_serde::to_string(metadata.rules())?),
            ("kubewarden/questions-ui", questions.to_owned()),
        ]),
    };
    Ok(INTRODUCTION.to_owned() + &yaml_serde::to_string(&package)?)
}

fn url<'a>(name: &str, url: &'a str) -> Result<&'a str> {
    let is_url = url.starts_with("https://") && !url.contains(char::is_whitespace);
    ensure!(is_url, "{name}: {url:?} is not a URL");
    Ok(url)
}

/// A reference without a scheme and a tag.
fn oci_url(url: &str) -> Result<&str> {
    let is_reference = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b"./-_".contains(&b);
    ensure!(
        url.contains('/') && url.bytes().all(is_reference),
        "ociUrl: {url:?} is not like ghcr.io/owner/policy"
    );
    Ok(url)
}

/// People as in a mail: `Name <address>`, separated by commas.
fn maintainers(author: &str) -> Result<Vec<Maintainer<'_>>> {
    let people = author.split(',').map(|person| {
        let parts = person.trim().strip_suffix('>');
        let Some((name, email)) = parts.and_then(|parts| parts.split_once(" <")) else {
            bail!("author: {person:?} is not like Name <name@example.com>");
        };
        let is_address = email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty() && domain.contains('.') && !domain.contains('@')
        });
        ensure!(
            is_address && !email.contains(char::is_whitespace),
            "author: {email:?} is not a mail address"
        );
        Ok(Maintainer { name, email })
    });
    people.collect()
}

fn install(image: &str) -> String {
    format!(
        "The policy can be obtained using [kwctl](https://docs.kubewarden.io/howtos/install-kwctl):\n\
         ```console\n\
         kwctl pull {image}\n\
         ```\n\
         Then, generate the policy manifest and tune it to your liking. For example:\n\
         ```console\n\
         kwctl scaffold manifest -t ClusterAdmissionPolicy registry://{image}\n\
         ```\n"
    )
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::{Maintainer, created_at, maintainers, oci_url, render, url};
    use crate::metadata::Metadata;
    use crate::project;

    #[test]
    fn the_package_is_of_this_version_everywhere() {
        let metadata = Metadata::of_project().expect("metadata");
        let package =
            render(&metadata, "2026-01-31T12:00:00Z", "questions: []").expect("a package");
        let package: Value = yaml_serde::from_str(&package).expect("YAML");
        let version = env!("CARGO_PKG_VERSION");
        assert_eq!(package["version"], version);
        for (pointer, end) in [
            ("/containersImages/0/image", format!(":v{version}")),
            ("/links/0/url", format!("/v{version}/policy.wasm")),
            ("/install", format!(":v{version}\n```\n")),
        ] {
            let text = package.pointer(pointer).and_then(Value::as_str);
            assert!(
                text.is_some_and(|text| text.ends_with(&end)),
                "{pointer}: {text:?}"
            );
        }
    }

    #[test]
    fn kubewarden_finds_the_rules_and_the_questions_in_the_package() {
        let metadata = Metadata::of_project().expect("metadata");
        let package =
            render(&metadata, "2026-01-31T12:00:00Z", "questions: []").expect("a package");
        let package: Value = yaml_serde::from_str(&package).expect("YAML");
        let annotation = |name: &str| package["annotations"][name].as_str().expect("text");
        assert_eq!(annotation("kubewarden/mutation"), "false");
        assert_eq!(annotation("kubewarden/questions-ui"), "questions: []");
        let rules: Value = yaml_serde::from_str(annotation("kubewarden/rules")).expect("YAML");
        assert_eq!(rules, serde_json::to_value(metadata.rules()).expect("JSON"));
    }

    #[test]
    fn the_repository_is_owned_by_the_authors() {
        let metadata = Metadata::of_project().expect("metadata");
        let authors = maintainers(metadata.annotation("io.kubewarden.policy.author"));
        let authors = serde_json::to_value(authors.expect("people")).expect("JSON");
        let repository = project::read_text("artifacthub-repo.yml").expect("the file");
        let repository: Value = yaml_serde::from_str(&repository).expect("YAML");
        assert_eq!(repository["owners"], authors);
    }

    #[test]
    fn when_it_was_created_is_kept() {
        for package in [
            "a: b\ncreatedAt: 2026-01-31T12:00:00Z\n",
            "createdAt: '2026-01-31T12:00:00+01:00'",
        ] {
            assert!(created_at(package).is_ok(), "{package}");
        }
        for package in [
            "",
            "createdAt: 2026-01-31",
            "createdAt: yesterday",
            "createdAt: 2026-02-30T12:00:00Z",
        ] {
            assert!(created_at(package).is_err(), "{package}");
        }
    }

    #[test]
    fn people_are_written_as_in_a_mail() {
        let [tux, ray] = [
            ("Tux Tuxedo", "tux@example.com"),
            ("Ray", "ray@example.com"),
        ]
        .map(|(name, email)| Maintainer { name, email });
        assert_eq!(
            maintainers("Tux Tuxedo <tux@example.com>, Ray <ray@example.com>").expect("people"),
            [tux, ray]
        );
        for author in [
            "",
            "Tux",
            "Tux <>",
            "Tux <tux>",
            "Tux <tux@example>",
            "tux@example.com",
            "Tux <a@b.c>,",
        ] {
            assert!(maintainers(author).is_err(), "{author:?}");
        }
    }

    #[test]
    fn addresses_are_what_they_should_be() {
        assert!(url("url", "https://example.com/x").is_ok());
        assert!(oci_url("ghcr.io/rayjob-policy/policies/rayjob-policy").is_ok());
        for address in [
            "",
            "example.com",
            "http://example.com",
            "https://example.com/a b",
        ] {
            assert!(url("url", address).is_err(), "{address:?}");
        }
        for address in [
            "",
            "policy",
            "ghcr.io/Owner/policy",
            "registry://ghcr.io/a/b",
            "ghcr.io/a/b:v1",
        ] {
            assert!(oci_url(address).is_err(), "{address:?}");
        }
    }
}
