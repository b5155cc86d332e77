"""What ``make install`` does beyond copying the software: settings and weights of the box."""
