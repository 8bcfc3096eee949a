//! The small grammars that rules need.

pub mod cron;
pub mod downward_api;
pub mod entrypoint_resources;
pub(crate) mod go_case;
pub mod go_duration;
pub mod ip_address;
pub mod labels;
pub mod names;
pub mod nearest;
pub mod paths;
pub mod port_name;
pub mod quantity;
pub mod ray_start;
pub mod ray_version;
pub mod runtime_env;
pub mod semver;
pub mod shell;
pub mod time_zone;
