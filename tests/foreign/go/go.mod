module whit.example/foreign

go 1.27
