"""Long computations in a process of their own, with progress, cancelled at will, cached on disk."""
