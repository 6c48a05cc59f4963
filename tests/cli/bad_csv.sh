refuse_fit() { printf "$@" >runs.csv; refused tinyscale fit runs.csv; }
refuse_fit 'params,tokens,loss\n1e5,1e6,2.5\n2e5,lots,2.4\n'
refuse_fit 'params;tokens;loss\n1e5;1e6;2.5\n2e5;1e6;\n'
refuse_fit 'params,tokens,loss\n1e5,1e6,2.5\n2e5,2.4\n'
refuse_fit 'params,tokens,loss\n1e5,1e6,2.5\n-2e5,1e6,2.4\n'
refuse_fit 'params,tokens,loss\n1e5,1e6,2.5\n2e5,1e6,nan\n'
refuse_fit 'params,tokns,loss\n1e5,1e6,2.5\n'
refuse_fit 'params,tokens,loss,loss\n1e5,1e6,2.5,2.5\n'
refuse_fit 'params,tokens,loss\n'
refuse_fit 'params,tokens,loss\n1e5,1e6,2.5\n'
refuse_fit 'params,tokens,loss\n1e5,1e6,"2.5\n'
refuse_fit ''
# what strangers hand over
refuse_fit 'Model Size,Training Tokens,final_loss,Training FLOP\n1e5,1e6,2.5,6e11\n'
refuse_fit ',N,D,val_loss\n0,1e5,1e6,2.5\n'
refuse_fit 'params;tokens;loss\n1e5;1e6;2,5\n'
refuse_fit 'params,tokens,loss\n1.5B,400M,2.5,5\n'
refuse_fit '# params,tokens,loss\n1e5,1e6,2.5\n'
refuse_fit '\377\376p\0a\0'
refuse_fit 'PK\003\004'
refuse_fit '{ "params": 1e5 }\n'
printf 'params,tokens,loss,mode\n1e5,1e6,2.5,train\n2e5,1e6,2.4,eval\n' >runs.csv
refused tinyscale fit runs.csv --where mode=trian
refused tinyscale fit runs.csv --where 'mode=train,params>1e5'
refused tinyscale fit runs.csv --holdout mode=test
refused tinyscale fit runs.csv --columns 'params=params,params=tokens'
seq 2000 | sed '1s/.*/params,tokens,loss/; 2,$s/.*/&,1e6,2/' | gzip | head -c 3000 >torn.csv.gz
refused tinyscale fit torn.csv.gz
refused tinyscale fit .
printf 'params,tokens,loss\n1e5,1e6,lots\n' | tinyscale fit -
