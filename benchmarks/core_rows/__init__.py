"""What ``benchmarks.core`` measures: a module a family of kernels, with its peers."""
