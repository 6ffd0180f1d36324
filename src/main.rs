//! One binary, many roles: see `jisr --help`.

fn main() -> std::process::ExitCode {
    jisr::cli::main()
}
