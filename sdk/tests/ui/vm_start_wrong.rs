whit::vm_start!(1);

mod nothing {
    whit::vm_start!();
}

mod no_expression {
    whit::vm_start!(|configuration_size| configuration_size);
}

fn main() {}
