whit::vm_start!(1);

mod nothing {
    whit::vm_start!();
}

mod typed {
    whit::vm_start!(|configuration_size: u32| configuration_size < 4);
}

mod no_parameter {
    whit::vm_start!(|| true);
}

mod moved {
    whit::vm_start!(move |configuration_size| true);
}

mod no_expression {
    whit::vm_start!(|configuration_size| configuration_size);
}

fn main() {}
