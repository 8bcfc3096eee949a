//! The small grammars that rules need.

pub mod cron;
pub mod go_duration;
pub mod labels;
pub mod names;
pub mod nearest;
pub mod ray_version;
pub mod runtime_env;
pub mod time_zone;
