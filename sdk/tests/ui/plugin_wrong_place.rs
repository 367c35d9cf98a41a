#[whit::plugin]
struct Filter;

#[whit::plugin]
mod nothing {}

#[whit::plugin(0_2_0)]
mod arguments {}

fn main() {}
