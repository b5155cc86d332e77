"""Back ends that engines run on, and what every engine offers."""
