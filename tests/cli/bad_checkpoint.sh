small_config >config.json
quiet tinyscale train config.json --out run
cp -r run damaged
flip damaged/checkpoint/model.safetensors 3000
refused tinyscale eval damaged
refused tinyscale sample damaged
cp run/checkpoint/model.safetensors damaged/checkpoint/model.safetensors
flip damaged/checkpoint/model.safetensors 100
refused tinyscale eval damaged
head -c 5000 run/checkpoint/model.safetensors >damaged/checkpoint/model.safetensors
refused tinyscale eval damaged
cp run/checkpoint/model.safetensors damaged/checkpoint/model.safetensors
flip damaged/checkpoint/optimizer.safetensors 5000
rm damaged/result.json
refused tinyscale train config.json --out damaged --resume
