"""What runs when: ticks, planner, threads or a cluster's workers, turns at hosts."""
