//! The binary `rota`. The command line is in [`rota::cli`].

fn main() -> std::process::ExitCode {
    rota::cli::main()
}
