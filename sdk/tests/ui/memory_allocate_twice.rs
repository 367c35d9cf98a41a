whit::memory_allocate!(refuse);
whit::memory_allocate!(arena);

fn main() {}
