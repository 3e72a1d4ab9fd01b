enum EmptyChanceryNode {}
