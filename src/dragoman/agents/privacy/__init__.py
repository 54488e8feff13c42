"""Personal data in turns: names for the model and the storage, the data for people and tools."""
