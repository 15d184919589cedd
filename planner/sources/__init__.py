"""The world, turned into a snapshot: folders, files, standard input and saved snapshots."""
