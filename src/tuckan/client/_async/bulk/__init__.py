"""What reads and writes much at once: plans of jobs, the jobs themselves, whole lists and tables, uploads and downloads."""
