//! The program's entry: everything is in the library.

fn main() {
    let mut args = std::env::args_os().skip(1);
    if args.next().is_some_and(|first| first == "__supervise") {
        std::process::exit(lacuna::io::runner::supervise(args));
    }
}
