MlflowException = type("MlflowException", (Exception,), {})
