enum EmptyChanceryConformance {}
