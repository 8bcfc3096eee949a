//! Linker options of the module: the host creates the memory.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let target = std::env::var("CARGO_CFG_TARGET_ARCH");
    if target.is_ok_and(|arch| arch == "wasm32") {
        for argument in [
            "--import-memory",
            // OPA also requires it to be exported.
            "--export-memory",
            // Some hosts create exactly as much as the module requests, and none
            // creates less than two pages. The linker fails if the stack and the
            // static data do not fit.
            "--initial-memory=131072",
            "-zstack-size=32768",
        ] {
            println!("cargo::rustc-link-arg-cdylib={argument}");
        }
    }
}
