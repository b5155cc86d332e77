"""kefuctl: one command for people and scripts."""
