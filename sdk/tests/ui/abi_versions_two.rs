whit::abi_version!(0_2_0);
whit::abi_version!(0_2_1);

fn main() {}
