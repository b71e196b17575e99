"""Training runs as folders and processes: started, queued, watched, stopped, resumed."""
