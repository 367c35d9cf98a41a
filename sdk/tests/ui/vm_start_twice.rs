whit::vm_start!(true);
whit::vm_start!(|configuration_size| configuration_size > 0);

fn main() {}
