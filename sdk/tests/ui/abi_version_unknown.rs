whit::abi_version!(0_3_0);

fn main() {}
