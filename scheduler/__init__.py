"""Everything that happens by itself: the timetable, its jobs and the two engines that run them."""
