"""What each party's rows were worth to the model, without anybody seeing what they added to the sums."""
