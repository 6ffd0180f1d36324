//! Skeleton.
fn main() {
    drop(jisr::app::App::build);
}
