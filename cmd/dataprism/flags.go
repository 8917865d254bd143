package main

import "github.com/spf13/cobra"

// cacheVar adds --cache to a command that reads collections.
func cacheVar(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "cache", "", "folder for prepared images (default: the user's cache folder)")
}

// seedVar adds --seed to a command that takes the run's where none is given.
func seedVar(cmd *cobra.Command, seed *uint64) {
	cmd.Flags().Uint64Var(seed, "seed", 0, "seed of everything random (0: that of the run)")
}
